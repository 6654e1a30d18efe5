/** One PDF in a place of the page: the library's viewer, and what is known of it. */
import { Observable } from "../../net/observable";
import { FileRanges } from "../viewer/ranges";
import { loadViewer, openDocument, openingProblem, type PDFDocumentProxy, pdfjs } from "./library";
import type { OutlineItem } from "./outline";

export interface PdfState {
  pages: number;
  page: number;
  scale: number;
  outline: readonly OutlineItem[];
  /** Of the text that is looked for. */
  found: { current: number; total: number; pending: boolean } | null;
  problem: unknown;
  /** Asks for a password; after a wrong one `again`. */
  locked: "first" | "again" | null;
}

const NOTHING: PdfState = { pages: 0, page: 1, scale: 1, outline: [], found: null, problem: null, locked: null };

type Parts = Awaited<ReturnType<typeof loadViewer>>;

export class PdfController {
  readonly state = new Observable<PdfState>(NOTHING);
  #file: FileRanges | null = null;
  #task: Awaited<ReturnType<typeof openDocument>> | null = null;
  #document: PDFDocumentProxy | null = null;
  #bus: InstanceType<Parts["EventBus"]> | null = null;
  #viewer: InstanceType<Parts["PDFViewer"]> | null = null;
  #links: InstanceType<Parts["PDFLinkService"]> | null = null;
  #unlock: ((password: string) => void) | null = null;
  #query = "";
  #opened = 0;
  readonly #resized: ResizeObserver;

  constructor(
    private readonly projectId: string,
    private readonly path: string,
    private readonly container: HTMLDivElement,
  ) {
    this.#resized = new ResizeObserver(() => this.fitAgain());
    this.#resized.observe(container);
  }

  /** Opens the file, or what it is now: the place in it stays. */
  async open(): Promise<void> {
    const mine = ++this.#opened;
    const before = this.#document ? this.place() : null;
    try {
      const { EventBus, LinkTarget, PDFFindController, PDFLinkService, PDFViewer } = await loadViewer();
      if (mine !== this.#opened) return;
      const file = new FileRanges(this.projectId, this.path);
      const task = await openDocument(file, (error) => this.fail(mine, error));
      task.onPassword = (answer: (password: string) => void, reason: number) => {
        this.#unlock = answer;
        this.change({ locked: reason === pdfjs.PasswordResponses.INCORRECT_PASSWORD ? "again" : "first" });
      };
      const document = await task.promise;
      if (mine !== this.#opened) {
        void task.destroy();
        return;
      }
      this.release();
      this.#file = file;
      this.#task = task;
      this.#document = document;
      if (!this.#viewer) {
        const eventBus = new EventBus();
        const linkService = new PDFLinkService({
          eventBus,
          externalLinkTarget: LinkTarget.BLANK,
          externalLinkRel: "noopener noreferrer",
        });
        const findController = new PDFFindController({ eventBus, linkService });
        const viewer = new PDFViewer({
          container: this.container,
          eventBus,
          linkService,
          findController,
          annotationMode: pdfjs.AnnotationMode.ENABLE,
          annotationEditorMode: pdfjs.AnnotationEditorType.DISABLE,
          maxCanvasPixels: 2 ** 24,
        });
        linkService.setViewer(viewer);
        this.#bus = eventBus;
        this.#links = linkService;
        this.#viewer = viewer;
        this.listen();
      }
      this.#bus?.on("pagesinit", () => this.goBack(before), { once: true });
      this.#viewer.setDocument(document);
      this.#links?.setDocument(document, null);
      this.change({ pages: document.numPages, problem: null, locked: null });
      const outline = await document.getOutline();
      if (mine === this.#opened) this.change({ outline: (outline ?? []) as OutlineItem[] });
    } catch (error) {
      this.fail(mine, error);
    }
  }

  close(): void {
    this.#opened = -1;
    this.#resized.disconnect();
    this.release();
  }

  unlock(password: string): void {
    this.change({ locked: null });
    this.#unlock?.(password);
  }

  goToPage(page: number): void {
    if (this.#viewer) this.#viewer.currentPageNumber = Math.max(1, Math.min(this.state.get().pages, page));
  }

  goTo(item: OutlineItem): void {
    if (item.dest !== null) void this.#links?.goToDestination(item.dest as string);
  }

  zoom(direction: 1 | -1): void {
    if (direction > 0) this.#viewer?.increaseScale();
    else this.#viewer?.decreaseScale();
  }

  /** `page-width`, `page-fit` or a number. */
  setScale(scale: string): void {
    if (this.#viewer) this.#viewer.currentScaleValue = scale;
  }

  /** Looks for a text; the same again is the next place. */
  find(query: string, backward = false): void {
    const type = query === this.#query ? "again" : "";
    this.#query = query;
    this.#bus?.dispatch("find", {
      source: this,
      type,
      query,
      caseSensitive: false,
      entireWord: false,
      highlightAll: true,
      findPrevious: backward,
      matchDiacritics: false,
    });
    if (query === "") this.change({ found: null });
  }

  /** Pages that fit their room do so when that is another one. */
  private fitAgain(): void {
    const scale = this.#viewer?.currentScaleValue;
    if (scale && Number.isNaN(Number(scale)) && this.container.clientWidth > 0) this.setScale(scale);
  }

  private listen(): void {
    const bus = this.#bus;
    bus?.on("pagechanging", ({ pageNumber }: { pageNumber: number }) => this.change({ page: pageNumber }));
    bus?.on("scalechanging", ({ scale }: { scale: number }) => this.change({ scale }));
    const counted = ({ matchesCount }: { matchesCount: { current: number; total: number } }) =>
      this.#query !== "" && this.change({ found: { ...matchesCount, pending: false } });
    bus?.on("updatefindmatchescount", counted);
    bus?.on(
      "updatefindcontrolstate",
      ({ state, matchesCount }: { state: number; matchesCount: { current: number; total: number } }) => {
        // 3 is "pending": pages are still being read.
        if (this.#query !== "") this.change({ found: { ...matchesCount, pending: state === 3 } });
      },
    );
  }

  private place(): { page: number; top: number; scale: string } {
    const { page } = this.state.get();
    return { page, top: this.container.scrollTop, scale: this.#viewer?.currentScaleValue ?? "page-width" };
  }

  private goBack(before: { page: number; top: number; scale: string } | null): void {
    this.setScale(before?.scale ?? "auto");
    if (before) this.container.scrollTop = before.top;
  }

  private release(): void {
    void this.#task?.destroy();
    this.#file?.close();
    this.#task = null;
    this.#file = null;
  }

  private fail(mine: number, error: unknown): void {
    if (mine !== this.#opened) return;
    this.change({ problem: openingProblem(error) });
  }

  private change(change: Partial<PdfState>): void {
    this.state.update((state) => ({ ...state, ...change }));
  }
}
