import { Observable } from "../../net/observable";

/** Does the history show who wrote each line? For as long as the page is open. */
export const blame = new Observable(false);
