import { ArrowDown, ArrowLeft, ArrowRight, ArrowUp, ClipboardPaste } from "lucide-react";
import { useObservable } from "../../store/react";
import { Key, KeyBar } from "../../ui/KeyBar";
import { PHONE, useMedia } from "../../ui/use-media";
import type { TerminalSession } from "./session";

const SIGNS = ["|", "~", "/", "-", "_", "*", "$", "&", ">", "<", '"', "'"];
const ARROWS = [
  { key: "ArrowUp", label: "Up", icon: ArrowUp },
  { key: "ArrowDown", label: "Down", icon: ArrowDown },
  { key: "ArrowLeft", label: "Left", icon: ArrowLeft },
  { key: "ArrowRight", label: "Right", icon: ArrowRight },
] as const;

/** On a phone: the keys that its own keyboard lacks. Ctrl and Alt hold for the next key. */
export function TerminalKeyBar({ session }: { session: TerminalSession }) {
  const onPhone = useMedia(PHONE);
  const { ctrl, alt } = useObservable(session.held);
  if (!onPhone) return null;
  return (
    <KeyBar label="Keys">
      <Key label="Esc" onPress={() => session.key("\x1b")}>
        Esc
      </Key>
      <Key label="Tab" onPress={() => session.key("\t")}>
        Tab
      </Key>
      <Key label="Ctrl" pressed={ctrl} onPress={() => session.hold("ctrl")}>
        Ctrl
      </Key>
      <Key label="Alt" pressed={alt} onPress={() => session.hold("alt")}>
        Alt
      </Key>
      <Key label="Interrupt, ^C" onPress={() => session.key("\x03")}>
        ^C
      </Key>
      {ARROWS.map(({ key, label, icon: Icon }) => (
        <Key key={key} label={label} onPress={() => session.arrow(key)}>
          <Icon aria-hidden />
        </Key>
      ))}
      {SIGNS.map((sign) => (
        <Key key={sign} label={sign} onPress={() => session.key(sign)}>
          {sign}
        </Key>
      ))}
      <Key label="Paste" onPress={() => void session.pasteClipboard()}>
        <ClipboardPaste aria-hidden />
      </Key>
    </KeyBar>
  );
}
