import { useEffect, useState } from "react";
import { sentence } from "../net/api";
import { paused } from "../net/paused";
import { TablesSocket } from "../net/tables-socket";
import type { SessionInfo } from "../protocol/generated";
import { MY_ACCOUNT, MY_PROJECTS } from "../store/queries";
import { useObservable } from "../store/react";
import { useResource } from "../store/resource";
import { accountChanged, loadSession, session } from "../store/session";
import { connectAccount, settings } from "../store/settings";
import { TableStore } from "../store/tables";
import { TableStoreProvider } from "../store/use-table";
import { Banner } from "../ui/Notice";
import { onDemand } from "../ui/on-demand";
import { Skeleton } from "../ui/Skeleton";
import { Toasts } from "../ui/Toasts";
import { toast } from "../ui/toast-queue";
import { Boundary } from "./Boundary";
import { GlobalCommands } from "./GlobalCommands";
import { useRoute } from "./navigation";
import { Palette } from "./Palette";
import { AccountSettings } from "./pages/AccountSettings";
import { ConfirmEmailPage } from "./pages/ConfirmEmail";
import { ForgottenPasswordPage, ResetPasswordPage } from "./pages/ForgottenPassword";
import { JoinPage } from "./pages/Join";
import { KeysPage } from "./pages/Keys";
import { ErrorPage, NotFound, OpenPrintedLink } from "./pages/Messages";
import { OpenLinkPage } from "./pages/OpenLink";
import { Projects } from "./pages/Projects";
import { SetUpPage, SignInPage, SignUpPage } from "./pages/SignIn";
import { ProjectPage } from "./project/ProjectPage";

/** Few need it, and they can wait a moment. */
const Administration = onDemand(
  async () => ({ default: (await import("./pages/Administration")).Administration }),
  () => <Skeleton />,
);

export function App() {
  const info = useObservable(session);
  const [error, setError] = useState<unknown>(null);
  const load = () => {
    setError(null);
    loadSession().catch(setError);
  };
  useEffect(load, []);
  return (
    <div className="app">
      {info?.site.notice && <Banner kind="warning">{info.site.notice}</Banner>}
      <div className="app-body">
        {info ? (
          <Boundary what="The page">
            <Signed info={info} />
          </Boundary>
        ) : error ? (
          <ErrorPage text={sentence(error)} onRetry={load} />
        ) : (
          <Skeleton />
        )}
      </div>
      <Toasts />
    </div>
  );
}

function Signed({ info }: { info: SessionInfo }) {
  const accountId = info.mode === "multi" ? info.account?.account_id : undefined;
  const store = useResource(accountId ?? null, () => {
    const socket = new TablesSocket({ onSignedOut: () => void loadSession() });
    return new TableStore(socket, (message) => toast(message, { danger: true }));
  });
  useEffect(() => {
    if (!store || !accountId) return;
    const account = store.state(MY_ACCOUNT);
    const take = () => {
      const row = account.get().rows[0];
      if (!row) return;
      accountChanged(row);
      connectAccount(row.settings.page, (next, before) => {
        // Objects merge there: a changed key that is back at its default is taken out by a null.
        const gone = Object.keys(before.shortcuts).filter((id) => !(id in next.shortcuts));
        const shortcuts = { ...next.shortcuts, ...Object.fromEntries(gone.map((id) => [id, null])) };
        const page = { ...next, shortcuts };
        store.write("accounts", { account_id: accountId, settings: { page } }).catch(() => {});
      });
    };
    const unsubscribe = account.subscribe(take);
    const unfollow = store.follow(MY_ACCOUNT);
    const projects = store.state(MY_PROJECTS);
    const watch = () => {
      const idle = projects
        .get()
        .rows.filter(({ state }) => state && state.status !== "running" && state.status !== "starting");
      paused.set(new Set(idle.map((row) => row.project_id)));
    };
    const unwatch = projects.subscribe(watch);
    const unfollowProjects = store.follow(MY_PROJECTS);
    return () => {
      unwatch();
      unfollowProjects();
      unsubscribe();
      unfollow();
      connectAccount(settings.get(), null);
    };
  }, [store, accountId]);
  if (accountId && !store) return null;
  return (
    <TableStoreProvider value={store}>
      <GlobalCommands info={info} />
      <Page info={info} />
      <Palette />
    </TableStoreProvider>
  );
}

function Page({ info }: { info: SessionInfo }) {
  const route = useRoute();
  if (route.page === "keys") return <KeysPage info={info} />;
  if (info.mode === "single") {
    if (route.page === "link") return <OpenLinkPage />;
    if (!info.project_id || !info.account) return <OpenPrintedLink />;
    if (route.page === "settings") return <AccountSettings info={info} />;
    if (route.page === "projects")
      return <ProjectPage info={info} route={{ page: "project", projectId: info.project_id }} />;
    if (route.page === "project" && route.projectId === info.project_id)
      return <ProjectPage info={info} route={route} />;
    return <NotFound info={info} />;
  }
  switch (route.page) {
    case "set-up":
      return <SetUpPage info={info} />;
    case "sign-up":
      return <SignUpPage info={info} />;
    case "sign-in":
      return <SignInPage info={info} />;
    case "join":
      return <JoinPage info={info} />;
    case "forgotten-password":
      return <ForgottenPasswordPage info={info} />;
    case "reset-password":
      return <ResetPasswordPage info={info} />;
    case "confirm-email":
      return <ConfirmEmailPage info={info} />;
  }
  if (!info.account) return <SignInPage info={info} />;
  switch (route.page) {
    case "projects":
      return <Projects info={info} />;
    case "project":
      return <ProjectPage key={route.projectId} info={info} route={route} />;
    case "settings":
      return <AccountSettings info={info} />;
    case "administration":
      if (!info.account.administrator) return <NotFound info={info} />;
      return <Administration info={info} section={route.section} />;
    default:
      return <NotFound info={info} />;
  }
}
