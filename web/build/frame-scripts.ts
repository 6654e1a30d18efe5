import { build, type Plugin } from "vite";

const MARK = "?frame";

/**
 * `import url from "./x?frame"`: the address of `x` with everything that it imports, as one classic script. Sandboxed frames
 * run such scripts; their origin is opaque, so they can load nothing themselves, neither parts of a bundle nor its fonts.
 */
export function frameScripts(): Plugin {
  return {
    name: "frame-scripts",
    enforce: "pre",
    async resolveId(id, importer) {
      if (!id.endsWith(MARK)) return null;
      const found = await this.resolve(id.slice(0, -MARK.length), importer, { skipSelf: true });
      return found && `${found.id}${MARK}`;
    },
    async load(id) {
      if (!id.endsWith(MARK)) return null;
      const entry = id.slice(0, -MARK.length);
      const { code, modules } = await bundle(entry);
      for (const module of modules) this.addWatchFile(module);
      if (this.environment.mode !== "build") {
        return `export default ${JSON.stringify(`data:text/javascript;base64,${Buffer.from(code).toString("base64")}`)}`;
      }
      const name = `frame-${entry.replace(/^.*\/|\.ts$/g, "")}.js`;
      return `export default import.meta.ROLLUP_FILE_URL_${this.emitFile({ type: "asset", name, source: code })}`;
    },
  };
}

async function bundle(entry: string): Promise<{ code: string; modules: string[] }> {
  const result = await build({
    configFile: false,
    logLevel: "error",
    define: { "process.env.NODE_ENV": JSON.stringify("production") },
    build: {
      write: false,
      target: "es2023",
      assetsInlineLimit: Number.MAX_SAFE_INTEGER,
      rolldownOptions: { input: entry, output: { format: "iife", codeSplitting: false } },
    },
  });
  const outputs = Array.isArray(result) ? result.flatMap((one) => one.output) : "output" in result ? result.output : [];
  const chunks = outputs.filter((output) => output.type === "chunk");
  const [chunk] = chunks;
  if (!chunk || outputs.length !== 1) {
    throw new Error(`${entry} is to be one script, but became ${outputs.map((output) => output.fileName).join(", ")}.`);
  }
  return {
    code: chunk.code,
    modules: chunk.moduleIds.filter((id) => id.startsWith("/") && !id.includes("node_modules")),
  };
}
