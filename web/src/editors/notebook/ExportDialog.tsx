import { useEffect, useRef, useState } from "react";
import { ApiError, sentence } from "../../net/api";
import { exportNotebook } from "../../net/files";
import type { ExportFormat } from "../../protocol/generated";
import { baseName } from "../../store/directories";
import { Button } from "../../ui/Button";
import { copyText } from "../../ui/copy";
import { Dialog } from "../../ui/Dialog";
import { Notice } from "../../ui/Notice";
import { Select } from "../../ui/Select";
import { saveFile } from "../../ui/save-file";
import { toast } from "../../ui/toast-queue";

const FORMATS: readonly { value: ExportFormat; label: string; says: string }[] = [
  { value: "html", label: "Web page (HTML)", says: "One file with all text, code and results, for any browser." },
  { value: "pdf", label: "PDF", says: "Set by LaTeX, which the server must have. To print what you see, use Print." },
  { value: "script", label: "Script", says: "The code alone, in the notebook's language; text becomes comments." },
  { value: "markdown", label: "Markdown", says: "Text and code; a zip file when there are pictures." },
  { value: "latex", label: "LaTeX", says: "A source to go on writing in; a zip file when there are pictures." },
  { value: "slides", label: "Slides (reveal.js)", says: "A talk, of the cells that are marked as slides." },
  { value: "asciidoc", label: "AsciiDoc", says: "Text and code; a zip file when there are pictures." },
  { value: "rst", label: "reStructuredText", says: "Text and code; a zip file when there are pictures." },
];

interface ExportProps {
  projectId: string;
  path: string;
  onClose(): void;
}

/** A notebook in another format, made in the project and kept on the person's computer. */
export default function ExportDialog(props: ExportProps) {
  return (
    <Dialog title={`Export “${baseName(props.path)}”`} isOpen onClose={props.onClose}>
      <Formats {...props} />
    </Dialog>
  );
}

function Formats({ projectId, path, onClose }: ExportProps) {
  const [format, setFormat] = useState<ExportFormat>("html");
  const [working, setWorking] = useState<AbortController | null>(null);
  const [error, setError] = useState<unknown>(null);
  const running = useRef<AbortController | null>(null);
  useEffect(() => () => running.current?.abort(), []);

  const start = async () => {
    const abort = new AbortController();
    running.current = abort;
    setWorking(abort);
    setError(null);
    try {
      const file = await exportNotebook(projectId, path, format, abort.signal);
      if (abort.signal.aborted) return;
      saveFile(file);
      toast(`“${baseName(path)}” is exported as “${file.name}”.`);
      onClose();
    } catch (reason) {
      if (!abort.signal.aborted) setError(reason);
    } finally {
      setWorking(null);
    }
  };
  return (
    <>
      <Select
        label="Format"
        value={format}
        choices={FORMATS}
        onChange={(value) => {
          setFormat(value);
          setError(null);
        }}
        isDisabled={working !== null}
      />
      <p className="secondary">{FORMATS.find(({ value }) => value === format)?.says}</p>
      {working && <p role="status">Exporting …</p>}
      {error !== null && <Failed error={error} />}
      <div className="dialog-acts">
        {working ? (
          <Button autoFocus onPress={() => working.abort()}>
            Stop
          </Button>
        ) : (
          <>
            <Button onPress={onClose}>Cancel</Button>
            <Button look="primary" autoFocus onPress={() => void start()}>
              Export
            </Button>
          </>
        )}
      </div>
    </>
  );
}

/** Why it could not be done; what the program said last, where it said something. */
function Failed({ error }: { error: unknown }) {
  const log = error instanceof ApiError && typeof error.data.log === "string" ? error.data.log : "";
  const said = log === "" ? sentence(error) : sentence(error).replace(log, "").trim();
  return (
    <Notice kind="danger">
      <p>{said}</p>
      {log !== "" && (
        <>
          <pre className="export-log">{log}</pre>
          <Button look="plain" onPress={() => void copyText(log, "What the program said is copied.")}>
            Copy details
          </Button>
        </>
      )}
    </Notice>
  );
}
