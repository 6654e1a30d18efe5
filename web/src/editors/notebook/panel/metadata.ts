/** Metadata of cells, as people type it. */
import { isObject, type JsonObject } from "../../../sync/notebook/schema";

/** The tags of a list with commas, each once. */
export const tagsFrom = (text: string): string[] =>
  [...new Set(text.split(",").map((tag) => tag.trim()))].filter((tag) => tag !== "");

/** The metadata that a text holds; a sentence when it holds none. */
export function metadataFrom(text: string): JsonObject | string {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : "Metadata is an object: it begins with { and ends with }.";
  } catch (error) {
    return `This is no valid JSON: ${error instanceof Error ? error.message : String(error)}.`;
  }
}
