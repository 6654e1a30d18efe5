import { useSyncExternalStore } from "react";
import type { Observable } from "../net/observable";

/** The value of an observable, followed for as long as the component lives. */
export function useObservable<T>(observable: Observable<T>): T {
  return useSyncExternalStore(observable.subscribe, observable.get);
}
