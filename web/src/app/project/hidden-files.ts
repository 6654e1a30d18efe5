import { Observable } from "../../net/observable";
import { readStored, writeStored } from "../../store/settings";

const KEY = "studium:hidden-files";

/** Are names that begin with a dot in the list? Remembered in this browser. */
export const showHidden = new Observable<boolean>(readStored(KEY) === true);
showHidden.subscribe(() => writeStored(KEY, showHidden.get()));
