import * as base from "@jupyter-widgets/base";
// First, for it takes in what the next one defines.
import { amd } from "./amd";
import "anywidget";

/** The classes of anywidget. */
export const anywidget: Record<string, unknown> = amd.factory?.(base) ?? {};

// Scripts of outputs must not think that modules can be loaded here.
delete (globalThis as { define?: unknown }).define;
