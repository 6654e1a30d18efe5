/** anywidget comes as one AMD module; this takes it in, since a frame has no loader of such modules. */
type Factory = (base: unknown) => Record<string, unknown>;

export const amd: { factory: Factory | null } = { factory: null };

(globalThis as { define?: unknown }).define = (_needs: string[], factory: Factory) => {
  amd.factory = factory;
};
