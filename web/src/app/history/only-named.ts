import { Observable } from "../../net/observable";

/** Does the list show named versions only? For as long as the page is open. */
export const onlyNamed = new Observable(false);
