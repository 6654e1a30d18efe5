import { Copy, Download, EyeOff, MoreHorizontal, Trash2 } from "lucide-react";
import { copyText } from "../../../ui/copy";
import { IconMenu, MenuItem } from "../../../ui/Menu";
import { withoutColours } from "./ansi";
import { choose } from "./mime";
import { pictureUrl } from "./Picture";
import { textOf } from "./plain";
import type { DataOutput } from "./types";
import type { KeyedOutput } from "./use-outputs";

interface OutputMenuProps {
  list: readonly KeyedOutput[];
  projectId: string;
  /** A picture of what is drawn in a frame. */
  takePicture(): Promise<string | null>;
  onCollapse?(): void;
  onClear?(): void;
}

/** What can be done with the outputs of a cell. */
export function OutputMenu(props: OutputMenuProps) {
  return (
    <div className="output-menu">
      <IconMenu label="Output actions" menu="Output" icon={<MoreHorizontal aria-hidden />}>
        {() => items(props)}
      </IconMenu>
    </div>
  );
}

function items({ list, projectId, takePicture, onCollapse, onClear }: OutputMenuProps) {
  const text = list.some(({ output }) => asText(output) !== "");
  const picture = list.flatMap(({ output }) => (output.type === "data" ? [pictureOf(output)] : [])).find(Boolean);
  const plotted = list.some(({ output }) => output.type === "data" && /^(plotly|vega)$/.test(choose(output).kind));
  return (
    <>
      {text && (
        <MenuItem
          id="copy"
          icon={Copy}
          onAction={() => void copyText(list.map(({ output }) => asText(output)).join(""), "Output copied.")}
        >
          Copy output
        </MenuItem>
      )}
      {(picture || plotted) && (
        <MenuItem
          id="download"
          icon={Download}
          onAction={async () => {
            const url = picture ? pictureUrl(picture.output, picture.type, projectId) : await takePicture();
            if (url) download(url, `output.${picture ? extensionOf(picture.type) : "png"}`);
          }}
        >
          Download image
        </MenuItem>
      )}
      {onCollapse && (
        <MenuItem id="hide" icon={EyeOff} onAction={onCollapse}>
          Hide output
        </MenuItem>
      )}
      {onClear && (
        <MenuItem id="clear" icon={Trash2} onAction={onClear}>
          Clear output
        </MenuItem>
      )}
    </>
  );
}

function asText(output: KeyedOutput["output"]): string {
  if (output.type === "stream") return output.text;
  if (output.type === "error") return `${withoutColours(output.traceback.join("\n"))}\n`;
  const text = textOf(output.data["text/plain"]);
  return text === "" ? "" : `${text}\n`;
}

function pictureOf(output: DataOutput): { output: DataOutput; type: string } | null {
  const { kind, type } = choose(output);
  return kind === "image" ? { output, type } : null;
}

function extensionOf(type: string): string {
  return type.slice(type.indexOf("/") + 1).replace("jpeg", "jpg");
}

function download(url: string, name: string): void {
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
}
