import { resolve } from "node:path";
import { defineConfig } from "vite";

const here = import.meta.dirname;

/** Bundles the page's document client for Node: `vite build --config tests/convergence/vite.config.ts --outDir …`. */
export default defineConfig({
  root: here,
  logLevel: "warn",
  resolve: { alias: { "lib0/webcrypto": resolve(here, "seeded-webcrypto.ts") } },
  ssr: { noExternal: true },
  build: { ssr: resolve(here, "peer.ts"), target: "node20", emptyOutDir: true },
});
