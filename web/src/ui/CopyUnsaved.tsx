import { Copy } from "lucide-react";
import { Button } from "./Button";
import { copyText } from "./copy";

/** For text that no server has; `of` names its file where several are offered. */
export function CopyUnsaved({ text, of }: { text(): string; of?: string }) {
  return (
    <Button
      aria-label={`Copy my unsaved text${of ? ` of ${of}` : ""}`}
      onPress={() => void copyText(text(), "Your unsaved text is copied.")}
    >
      <Copy aria-hidden />
      Copy my unsaved text
    </Button>
  );
}
