import { Compass, Link2, PlugZap } from "lucide-react";
import { type ReactNode, useEffect, useState } from "react";
import type { SessionInfo } from "../../protocol/generated";
import { Button } from "../../ui/Button";
import { CopyUnsaved } from "../../ui/CopyUnsaved";
import { Link } from "../navigation";
import { TopBar } from "../TopBar";
import { useTitle } from "../use-title";

/** A page that says one thing and offers what to do next. */
export function Message({ icon, title, children }: { icon: ReactNode; title: string; children: ReactNode }) {
  useTitle(title);
  return (
    <main className="empty message-page">
      {icon}
      <h1 className="message-title">{title}</h1>
      {children}
    </main>
  );
}

export function NotFound({ info }: { info: SessionInfo }) {
  return (
    <>
      <TopBar info={info} />
      <Message icon={<Compass aria-hidden />} title="There is no such page">
        <p>The address may be misspelt, or what was here has moved.</p>
        <Link className="button" href="/">
          {info.mode === "multi" ? "Go to your projects" : "Go to the files"}
        </Link>
      </Message>
    </>
  );
}

/** We are not in the project, or it is gone: the server does not say which. What we typed in it last is still ours. */
export function NoProject({ info, projectId, removed }: { info: SessionInfo; projectId: string; removed: boolean }) {
  const [unsent, setUnsent] = useState<ReadonlyMap<string, string>>(new Map());
  const accountId = info.account?.account_id;
  useEffect(() => {
    if (!accountId) return;
    void import("../../net/documents").then(async ({ unsentTexts }) =>
      setUnsent(await unsentTexts(projectId, accountId)),
    );
  }, [projectId, accountId]);
  return (
    <>
      <TopBar info={info} />
      <Message
        icon={<Compass aria-hidden />}
        title={removed ? "You are no longer in this project" : "You are not in this project"}
      >
        <p>
          {removed
            ? "Somebody removed you, or the project was deleted. What you had saved is still in it."
            : "It does not exist, or nobody has added you yet. Ask its owner to share it with you."}
        </p>
        {unsent.size > 0 && (
          <section className="unsent" aria-label="What was not saved">
            <p>What you typed last did not reach the server. It is kept in this browser:</p>
            <ul>
              {[...unsent].map(([path, text]) => (
                <li key={path}>
                  <span className="truncate" title={path}>
                    {path}
                  </span>
                  <CopyUnsaved text={() => text} of={path} />
                </li>
              ))}
            </ul>
          </section>
        )}
        <Link className="button" href="/">
          Go to your projects
        </Link>
      </Message>
    </>
  );
}

export function ErrorPage({ text, onRetry }: { text: string; onRetry(): void }) {
  return (
    <Message icon={<PlugZap aria-hidden />} title="Studium cannot be reached">
      <p role="alert">{text}</p>
      <Button look="primary" onPress={onRetry}>
        Try again
      </Button>
    </Message>
  );
}

export function OpenPrintedLink({ text }: { text?: string }) {
  return (
    <Message icon={<Link2 aria-hidden />} title="Open the printed link">
      <p role={text ? "alert" : undefined}>
        {text ?? "Studium printed a link when it started, in the terminal. Open that link in this browser."}
      </p>
    </Message>
  );
}
