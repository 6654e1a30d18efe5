import { Copy } from "lucide-react";
import type { ReactNode } from "react";
import { Button } from "./Button";
import { copyText } from "./copy";
import { Notice } from "./Notice";

/** A link or token that was just made and is shown this once. */
export function SecretLink({ children, text, what = "link" }: { children: ReactNode; text: string; what?: string }) {
  return (
    <Notice kind="success">
      <p>{children}</p>
      <p>
        <code className="link-text">{text}</code>
      </p>
      <Button onPress={() => void copyText(text, `The ${what} is copied.`)}>
        <Copy aria-hidden />
        Copy {what}
      </Button>
    </Notice>
  );
}
