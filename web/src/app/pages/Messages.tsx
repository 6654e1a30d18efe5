import { Compass, Link2, PlugZap } from "lucide-react";
import type { ReactNode } from "react";
import type { SessionInfo } from "../../protocol/generated";
import { Button } from "../../ui/Button";
import { Link } from "../navigation";
import { TopBar } from "../TopBar";
import { useTitle } from "../use-title";

/** A page that says one thing and offers what to do next. */
function Message({ icon, title, children }: { icon: ReactNode; title: string; children: ReactNode }) {
  useTitle(title);
  return (
    <main className="empty message-page">
      {icon}
      <h1 className="message-title">{title}</h1>
      {children}
    </main>
  );
}

export function NotFound({ info }: { info: SessionInfo }) {
  return (
    <>
      <TopBar info={info} />
      <Message icon={<Compass aria-hidden />} title="There is no such page">
        <p>The address may be misspelt, or what was here has moved.</p>
        <Link className="button" href="/">
          {info.mode === "multi" ? "Go to your projects" : "Go to the files"}
        </Link>
      </Message>
    </>
  );
}

/** We are not in the project, or it is gone: the server does not say which. */
export function NoProject({ info, removed }: { info: SessionInfo; removed: boolean }) {
  return (
    <>
      <TopBar info={info} />
      <Message
        icon={<Compass aria-hidden />}
        title={removed ? "You are no longer in this project" : "You are not in this project"}
      >
        <p>
          {removed
            ? "Somebody removed you, or the project was deleted. What you had saved is still in it."
            : "It does not exist, or nobody has added you yet. Ask its owner to share it with you."}
        </p>
        <Link className="button" href="/">
          Go to your projects
        </Link>
      </Message>
    </>
  );
}

export function ErrorPage({ text, onRetry }: { text: string; onRetry(): void }) {
  return (
    <Message icon={<PlugZap aria-hidden />} title="Studium cannot be reached">
      <p role="alert">{text}</p>
      <Button look="primary" onPress={onRetry}>
        Try again
      </Button>
    </Message>
  );
}

export function OpenPrintedLink({ text }: { text?: string }) {
  return (
    <Message icon={<Link2 aria-hidden />} title="Open the printed link">
      <p role={text ? "alert" : undefined}>
        {text ?? "Studium printed a link when it started, in the terminal. Open that link in this browser."}
      </p>
    </Message>
  );
}
