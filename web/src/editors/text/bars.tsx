/** What a person should know of the text below: calm sentences above it, with an act where there is one. */
import { CircleAlert, FileX, HardDriveDownload, Lock } from "lucide-react";
import type { ReactNode } from "react";
import type { OpenDocument } from "../../net/documents";
import { Button } from "../../ui/Button";
import { CopyUnsaved } from "../../ui/CopyUnsaved";
import type { SaveState } from "../types";

export function Bars({ save, document }: { save: SaveState; document: OpenDocument }) {
  const message = save.error?.message;
  const copy = save.waiting > 0 && <CopyUnsaved text={() => document.client.unsentText()} />;
  switch (save.kind) {
    case "read_only":
      return (
        <Bar icon={<Lock aria-hidden />}>
          <span>
            Read only. {message} {copy && "What you typed last came too late and is only in this browser."}
          </span>
          {copy}
        </Bar>
      );
    case "failed":
      return (
        <Bar icon={<CircleAlert aria-hidden />}>
          <span>
            {message} {copy && "What you typed last is only in this browser."}
          </span>
          {copy}
          <Button onPress={() => document.retry()}>Try again</Button>
        </Bar>
      );
    case "not_saved":
      if (save.disk !== "absent")
        return (
          <Bar icon={<CircleAlert aria-hidden />}>
            <span>{message} Nothing is lost: the server keeps what you type, and writes the file when it can.</span>
          </Bar>
        );
      return (
        <Bar icon={<FileX aria-hidden />}>
          <span>{message}</span>
          <Button onPress={() => document.client.saveNow()}>Save again</Button>
        </Bar>
      );
  }
  if (!save.unkept) return null;
  return (
    <Bar icon={<HardDriveDownload aria-hidden />}>
      <span>
        This browser cannot keep what you type, because its storage is full or blocked. Leave this page open until you
        are online again.
      </span>
      {copy}
    </Bar>
  );
}

function Bar({ icon, children }: { icon: ReactNode; children: ReactNode }) {
  return (
    <div className="text-editor-bar" role="status">
      {icon}
      {children}
    </div>
  );
}
