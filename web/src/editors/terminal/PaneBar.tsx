import { CirclePause, CircleStop, Maximize2, Moon, Unplug } from "lucide-react";
import type { ComponentType, ReactNode } from "react";
import { useObservable } from "../../store/react";
import { Button } from "../../ui/Button";
import { useTerminals } from "./context";
import type { TerminalSession } from "./session";
import { endSentence, sizeSentence } from "./words";

/** The one thing that a person should know of the terminal just now, and what to do. */
export function PaneBar({ session }: { session: TerminalSession }) {
  const { mayType, accountId, startProject } = useTerminals();
  const { client } = session;
  const status = useObservable(client.status);
  const connection = useObservable(client.connection.state);
  useObservable(client.room); // which says whether it is of one's own size
  const unsent = useObservable(session.unsent);
  const then = (act: () => void) => () => {
    act();
    session.focus();
  };
  if (connection === "paused") {
    return (
      <Bar icon={Moon} text={`The project does not run. ${mayType ? "Press any key to start it again." : ""}`}>
        {mayType && <Button onPress={then(startProject)}>Start project</Button>}
      </Bar>
    );
  }
  if (connection === "closed") return <Bar icon={Unplug} text="This terminal is gone. Open its file again." />;
  if (connection !== "open" && (status || unsent)) {
    return (
      <Bar
        icon={Unplug}
        warning={unsent}
        text={unsent ? "Not connected: what you type is not sent." : "Not connected. It comes back by itself."}
      />
    );
  }
  if (status?.state === "exited" || status?.state === "lost") {
    return (
      <Bar icon={CircleStop} text={`${endSentence(status)} ${mayType ? "Press any key to start it again." : ""}`}>
        {mayType && <Button onPress={then(() => session.start())}>Start again</Button>}
      </Bar>
    );
  }
  if (status?.paused) {
    return (
      <Bar icon={CirclePause} text="The output is held.">
        {mayType && <Button onPress={then(() => client.send({ type: "pause", paused: false }))}>Let it go on</Button>}
      </Bar>
    );
  }
  if (status && !client.isOwnSize && (!client.rulesSize || status.sized_by === accountId)) {
    return (
      <Bar icon={Maximize2} text={sizeSentence(status, accountId)}>
        {mayType && <Button onPress={then(() => client.takeSize())}>Fit to my window</Button>}
      </Bar>
    );
  }
  return null;
}

interface BarProps {
  icon: ComponentType<{ "aria-hidden"?: boolean }>;
  text: string;
  warning?: boolean;
  children?: ReactNode;
}

function Bar({ icon: Icon, text, warning = false, children }: BarProps) {
  return (
    <div className={`terminal-bar ${warning ? "warning" : ""}`} role="status">
      <Icon aria-hidden />
      <span className="grow">{text}</span>
      {children}
    </div>
  );
}
