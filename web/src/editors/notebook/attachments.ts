/** Pictures in Markdown cells: pasted and dropped ones are kept in the cell, as Jupyter keeps them. */
import { fileAddress } from "../../net/files";
import { attach } from "../../sync/notebook/acts";
import { toast } from "../../ui/toast-queue";
import { bytesWords } from "./kernel-words";
import type { CellFields } from "./notebook";
import type { Resolve } from "./outputs/markdown/sanitise";
import type { NotebookSession } from "./session";

/** A larger picture makes the notebook heavy for everybody. */
export const MOST_PICTURE_BYTES = 5_000_000;

const ENDINGS: Record<string, string> = {
  "image/png": "png",
  "image/jpeg": "jpg",
  "image/gif": "gif",
  "image/webp": "webp",
  "image/svg+xml": "svg",
};

/** Attaches the pictures among these files to a Markdown cell; answers whether there were any for it. */
export function attachFiles(session: NotebookSession, id: string, files: readonly File[]): boolean {
  if (session.notebook.type(id) !== "markdown" || !session.writable) return false;
  const pictures = files.filter(({ type }) => type in ENDINGS);
  for (const picture of pictures) {
    if (picture.size > MOST_PICTURE_BYTES) {
      toast(
        `“${picture.name}” has ${bytesWords(picture.size)}; a picture in a notebook may have ${bytesWords(MOST_PICTURE_BYTES)}. Upload it to the project and write ![](${picture.name}).`,
        { danger: true },
      );
    } else {
      void put(session, id, picture);
    }
  }
  return pictures.length > 0;
}

async function put(session: NotebookSession, id: string, picture: File): Promise<void> {
  const base64 = await base64Of(picture);
  const view = session.editors.get(id);
  const plain = picture.name.replace(/[^\w.-]+/g, "_") || `picture.${ENDINGS[picture.type]}`;
  const name = attach(session.doc, id, plain, picture.type, base64);
  if (name === null) return;
  const words = `![${name}](attachment:${name})`;
  if (view) view.dispatch(view.state.replaceSelection(words));
  else session.notebook.source(id)?.insert(0, words);
}

function base64Of(file: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result).replace(/^[^,]*,/, ""));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(file);
  });
}

/** Where pictures and links of a cell's Markdown lead: to its attachments, and to files beside the notebook. */
export function resolveIn(projectId: string, path: string, fields: Pick<CellFields, "attachments">): Resolve {
  const inProject = (address: string): string | null => {
    const at = relativeTo(path, address);
    return at === null ? null : fileAddress(projectId, at);
  };
  return {
    link: (href) => {
      if (href.startsWith("#")) return href;
      const at = relativeTo(path, href);
      return at === null ? null : `/projects/${projectId}/edit/${at.split("/").map(encodeURIComponent).join("/")}`;
    },
    picture: (src) => {
      if (!src.startsWith("attachment:")) return inProject(src);
      const bundle = fields.attachments[decode(src.slice("attachment:".length))];
      const [type, data] = Object.entries(bundle ?? {}).find(([key]) => key in ENDINGS) ?? [];
      return type && data ? `data:${type};base64,${data.replace(/\s/g, "")}` : null;
    },
  };
}

/** A path in the project, from one relative to a file; null for what leads out of it, or to another place. */
export function relativeTo(file: string, address: string): string | null {
  const [plain = ""] = address.split(/[?#]/);
  if (plain === "" || /^[a-z][a-z0-9+.-]*:|^\/\//i.test(plain)) return null;
  const parts = plain.startsWith("/") ? [] : file.split("/").slice(0, -1);
  for (const part of decode(plain).split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") parts.push(part);
    else if (parts.pop() === undefined) return null;
  }
  return parts.length > 0 ? parts.join("/") : null;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
