/** Builds the page of `tests/browser/test_outputs.py` into `$STUDIUM_STATIC`, as the page itself is built. */
import { mergeConfig } from "vite";
import page from "../../vite.config";

export default mergeConfig(page, { root: import.meta.dirname, publicDir: false });
