/** An entry of a document's table of contents. `url` leads elsewhere; the library has checked its kind. */
export interface OutlineItem {
  title: string;
  dest: string | unknown[] | null;
  url: string | null;
  items: OutlineItem[];
}
