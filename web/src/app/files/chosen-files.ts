import { join } from "../../store/directories";

/** A file of the computer that is to be uploaded. */
export interface Uploadable {
  /** Path below the folder that it goes to. */
  path: string;
  file: File;
}

/** Asks the person for files. */
export function chooseFiles(onChosen: (files: Uploadable[]) => void): void {
  ask((input) => {
    input.multiple = true;
  }, onChosen);
}

/** Asks the person for a folder, with all that is in it. */
export function chooseFolder(onChosen: (files: Uploadable[]) => void): void {
  ask((input) => {
    input.webkitdirectory = true;
  }, onChosen);
}

function ask(prepare: (input: HTMLInputElement) => void, onChosen: (files: Uploadable[]) => void): void {
  const input = document.createElement("input");
  input.type = "file";
  prepare(input);
  input.onchange = () =>
    onChosen([...(input.files ?? [])].map((file) => ({ path: file.webkitRelativePath || file.name, file })));
  input.click();
}

/** All files of a drop, those in folders with their paths. */
export async function droppedFiles(transfer: DataTransfer): Promise<Uploadable[]> {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.() ?? null);
  if (entries.every((entry) => entry === null || entry.isFile)) {
    return [...transfer.files].map((file) => ({ path: file.name, file }));
  }
  const found: Uploadable[] = [];
  for (const entry of entries) if (entry) await walk(entry, "", found);
  return found;
}

async function walk(entry: FileSystemEntry, folder: string, found: Uploadable[]): Promise<void> {
  const path = join(folder, entry.name);
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
    found.push({ path, file });
    return;
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  for (;;) {
    const batch = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (batch.length === 0) return;
    for (const child of batch) await walk(child, path, found);
  }
}
