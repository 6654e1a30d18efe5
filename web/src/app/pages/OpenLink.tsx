import { useEffect, useState } from "react";
import { sentence } from "../../net/api";
import { openLink } from "../../store/session";
import { Skeleton } from "../../ui/Skeleton";
import { navigate, takeToken } from "../navigation";
import { OpenPrintedLink } from "./Messages";

let pending: Promise<unknown> | null = null;

/** `/link#token`: changes the token for a cookie and shows the files. */
export function OpenLinkPage() {
  const [error, setError] = useState<string | null>(null);
  useEffect(() => {
    // Once for the token, however often the page is drawn.
    pending ??= openLink({ token: takeToken() });
    pending.then(() => navigate("/", { replace: true })).catch((reason) => setError(sentence(reason)));
  }, []);
  return error ? <OpenPrintedLink text={error} /> : <Skeleton />;
}
