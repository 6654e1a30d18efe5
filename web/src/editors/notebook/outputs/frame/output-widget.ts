/** `ipywidgets.Output`, which `interact` shows its results in: its outputs are part of its state. */
import { DOMWidgetModel, DOMWidgetView } from "@jupyter-widgets/base";
import { drawOutput } from "./draw-output";

export const settings: { showWidget(place: HTMLElement, id: string): Promise<void> } = {
  showWidget: async () => {},
};

export class OutputModel extends DOMWidgetModel {
  override defaults() {
    return {
      ...super.defaults(),
      _model_name: "OutputModel",
      _view_name: "OutputView",
      _model_module: "@jupyter-widgets/output",
      _view_module: "@jupyter-widgets/output",
      _model_module_version: "1.0.0",
      _view_module_version: "1.0.0",
      msg_id: "",
      outputs: [],
    };
  }
}

export class OutputView extends DOMWidgetView {
  readonly #places: { place: HTMLElement; drawn: string }[] = [];
  #drawing: Promise<void> = Promise.resolve();

  override render(): void {
    super.render();
    this.el.classList.add("output-widget");
    this.listenTo(this.model, "change:outputs", this.#draw);
    this.#draw();
  }

  readonly #draw = (): void => {
    this.#drawing = this.#drawing.then(() => this.#drawAll()).catch(console.error);
  };

  /** Draws anew only what is not as it was: a plot that is replaced must not make the rest flicker. */
  async #drawAll(): Promise<void> {
    const outputs: unknown[] = this.model.get("outputs") ?? [];
    for (const [index, output] of outputs.entries()) {
      const drawn = JSON.stringify(output);
      let known = this.#places[index];
      if (known?.drawn === drawn) continue;
      if (!known) {
        known = { place: document.createElement("div"), drawn };
        known.place.className = "output";
        this.#places.push(known);
        this.el.append(known.place);
      }
      known.drawn = drawn;
      await drawOutput(known.place, output, settings.showWidget);
    }
    for (const { place } of this.#places.splice(outputs.length)) place.remove();
  }
}
