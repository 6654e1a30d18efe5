import { toast } from "./toast-queue";

/** Copies and says so. */
export async function copyText(text: string, told: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    toast(told);
  } catch {
    toast("The browser does not let the page copy. Select the text and copy it yourself.", { danger: true });
  }
}
