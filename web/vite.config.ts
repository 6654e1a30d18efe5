import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import react from "@vitejs/plugin-react";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";
import { frameScripts } from "./build/frame-scripts.ts";

/** Where the server finds the page. */
const STATIC = resolve(import.meta.dirname, process.env.STUDIUM_STATIC ?? "../src/studium/static");
/** A build is made here first: a server that runs meanwhile goes on with the one before. */
const FRESH = join(STATIC, `.build-${process.pid}`);
/** The names of what the last build made. */
const LIST = "files.json";
const COMPRESSIBLE = /\.(m?js|css|html|svg|json)$/;
/** Below this a compressed copy saves less than a packet. */
const MIN_COMPRESSED_BYTES = 1024;

/** Writes `.gz` and `.br` beside each text file, so that the server never compresses at request time. */
async function precompress(names: readonly string[]): Promise<void> {
  await Promise.all(
    names.map(async (name) => {
      const bytes = await readFile(join(FRESH, name));
      if (bytes.length < MIN_COMPRESSED_BYTES) return;
      const params = { [constants.BROTLI_PARAM_QUALITY]: 9, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
      await writeFile(join(FRESH, `${name}.gz`), await promisify(gzip)(bytes, { level: 9 }));
      await writeFile(join(FRESH, `${name}.br`), await promisify(brotliCompress)(bytes, { params }));
    }),
  );
}

/**
 * Moves a finished build to its place without a moment in which the page is not there: first the files that it refers to,
 * `index.html` last. Pages that are open load parts of theirs later, so the files of the build before stay.
 */
async function swapIn(): Promise<void> {
  const filesIn = async (folder: string) =>
    (await readdir(folder, { recursive: true, withFileTypes: true }))
      .filter((entry) => !entry.isDirectory())
      .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
  const made = await filesIn(FRESH);
  const before: string[] = await readFile(join(STATIC, LIST), "utf8").then(JSON.parse, () => filesIn(STATIC));
  const isEntry = (name: string) => name.startsWith("index.html");
  for (const name of made.toSorted((a, b) => Number(isEntry(a)) - Number(isEntry(b)))) {
    await mkdir(dirname(join(STATIC, name)), { recursive: true });
    await rename(join(FRESH, name), join(STATIC, name));
  }
  await rm(FRESH, { recursive: true });
  await writeFile(join(STATIC, LIST), JSON.stringify(made));
  const kept = new Set([...made, ...before, LIST, ".gitkeep"]);
  for (const name of await filesIn(STATIC)) if (!kept.has(name)) await rm(join(STATIC, name));
}

function place(): Plugin {
  return {
    name: "place",
    apply: "build",
    async writeBundle(_options, bundle) {
      await precompress(Object.keys(bundle).filter((name) => COMPRESSIBLE.test(name)));
      await swapIn();
    },
  };
}

/** `@replit/codemirror-emacs` marks the calls that register its keys as pure, so a build would drop them. */
function keepEmacsKeys(): Plugin {
  return {
    name: "keep-emacs-keys",
    enforce: "pre",
    transform(code, id) {
      return id.includes("@replit/codemirror-emacs")
        ? code.replaceAll("/*@__PURE__*/EmacsHandler.", "EmacsHandler.")
        : null;
    },
  };
}

const BOOT_SCRIPT = "src/boot/theme.js";

/** Puts the blocking theme script into the page under a hashed name: a plain script, which Vite itself leaves alone. */
function bootScript(): Plugin {
  return {
    name: "boot-script",
    async buildStart() {
      if (this.meta.watchMode || this.environment?.mode !== "build") return;
      const source = await readFile(join(import.meta.dirname, BOOT_SCRIPT), "utf8");
      this.emitFile({ type: "asset", name: "theme.js", source });
    },
    transformIndexHtml: {
      order: "post",
      handler(_html, context) {
        const name =
          context.bundle &&
          Object.values(context.bundle).find((file) => file.type === "asset" && file.names.includes("theme.js"));
        const src = name ? `/${name.fileName}` : `/${BOOT_SCRIPT}`;
        return [{ tag: "script", attrs: { src }, injectTo: "head" }];
      },
    },
  };
}

/** A second hub for development: `STUDIUM_HUB=http://127.0.0.1:8080 npm run dev`. */
const hub = process.env.STUDIUM_HUB ?? "http://127.0.0.1:8080";
const proxied = { target: hub, ws: true, changeOrigin: true };

export default defineConfig({
  base: "/",
  plugins: [react(), frameScripts(), keepEmacsKeys(), bootScript(), place()],
  build: {
    outDir: FRESH,
    emptyOutDir: true,
    target: "es2023",
    sourcemap: false,
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 900,
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            { name: "react", test: /node_modules\/(react|react-dom|scheduler|wouter)\//, priority: 30 },
            {
              name: "kit",
              test: /node_modules\/(react-aria|react-stately|@react-aria|@react-stately|react-aria-components|@internationalized)/,
              priority: 20,
            },
          ],
        },
      },
    },
  },
  server: {
    proxy: {
      "/api": proxied,
      "^/projects/[^/]+/(archives|blobs|documents|events|exports|files|find|history|kernels|named-versions|operations|pages|run|terminals|trash|uploads|views)":
        proxied,
    },
  },
  test: {
    environment: "jsdom",
    include: ["src/**/*.test.{ts,tsx}", "tests/**/*.test.{ts,tsx}"],
    testTimeout: 10_000,
  },
});
