import type { IDisposable, IParser } from "@xterm/xterm";

/** CSI sequences that ask the terminal something: DA1 to DA3, DSR and CPR, DECRQM, XTVERSION, windows, keyboards. */
const CSI = [
  { final: "c" },
  { prefix: ">", final: "c" },
  { prefix: "=", final: "c" },
  { final: "n" },
  { prefix: "?", final: "n" },
  { intermediates: "$", final: "p" },
  { prefix: "?", intermediates: "$", final: "p" },
  { prefix: ">", final: "q" },
  { final: "t" },
  { final: "x" },
  { prefix: "?", final: "u" },
];
/** DECRQSS and XTGETTCAP. */
const DCS = [
  { intermediates: "$", final: "q" },
  { intermediates: "+", final: "q" },
];
/** Colours, of which a program may ask and which it may set. */
const COLOURS = [4, 5, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19];
const CLIPBOARD = 52;

/**
 * Keeps a terminal from answering what a program asks it: the server does that, once, however many people look on. An
 * answer of each browser would be typed into the program, or into the shell after it. Programs do not get at the clipboard.
 */
export function swallowQueries(parser: IParser): IDisposable {
  const yes = () => true;
  const asks = (data: string) => data.split(";").includes("?");
  const registered = [
    ...CSI.map((id) => parser.registerCsiHandler(id, yes)),
    ...DCS.map((id) => parser.registerDcsHandler(id, yes)),
    ...COLOURS.map((number) => parser.registerOscHandler(number, asks)),
    parser.registerOscHandler(CLIPBOARD, yes),
  ];
  return { dispose: () => registered.forEach((one) => void one.dispose()) };
}
