import { DoorOpen } from "lucide-react";
import { useEffect, useState } from "react";
import { sentence } from "../../net/api";
import type { FoundInvitation, Role, SessionInfo } from "../../protocol/generated";
import { findInvitation, joinProject, pendingJoin } from "../../store/invitations";
import { Button } from "../../ui/Button";
import { Skeleton } from "../../ui/Skeleton";
import { Link, navigate, takeToken } from "../navigation";
import { projectUrl } from "../routes";
import { TopBar } from "../TopBar";
import { exactly } from "../words";
import { Message } from "./Messages";

const MAY: Readonly<Record<Role, string>> = {
  viewer: "You can look at everything in it.",
  collaborator: "You can read and change everything in it.",
  owner: "You own it together with them.",
};

/** `/join#token`: what a link into a project leads to, and the way in. */
export function JoinPage({ info }: { info: SessionInfo }) {
  const [token] = useState(() => takeToken() || pendingJoin.get());
  const [found, setFound] = useState<FoundInvitation | null>(null);
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    pendingJoin.set(token);
    findInvitation(token)
      .then(setFound)
      .catch((reason) => {
        pendingJoin.set("");
        setError(sentence(reason));
      });
  }, [token]);
  const join = async () => {
    setBusy(true);
    try {
      const project = await joinProject(token);
      pendingJoin.set("");
      navigate(projectUrl(project), { replace: true });
    } catch (reason) {
      setError(sentence(reason));
      setBusy(false);
    }
  };
  return (
    <>
      {info.account && <TopBar info={info} />}
      {error && (
        <Message icon={<DoorOpen aria-hidden />} title="This invitation cannot be used">
          <p role="alert">{error}</p>
          <Link className="button" href="/">
            Go to your projects
          </Link>
        </Message>
      )}
      {!error && !found && <Skeleton label="Reading the invitation" />}
      {!error && found && (
        <Message icon={<DoorOpen aria-hidden />} title={`Join ${found.title}`}>
          <p>
            {found.invited_by ? `${found.invited_by} invites you to this project.` : "You are invited to this project."}{" "}
            {MAY[found.role]}
            {found.expires_at && ` The invitation ends on ${exactly(Date.parse(found.expires_at))}.`}
          </p>
          {info.account ? (
            <Button look="primary" isPending={busy} onPress={() => void join()}>
              Join project
            </Button>
          ) : (
            <SignFirst info={info} />
          )}
        </Message>
      )}
    </>
  );
}

function SignFirst({ info }: { info: SessionInfo }) {
  return (
    <>
      <p className="secondary">
        {info.site.sign_up === "open"
          ? "Sign in first, or make an account. Then you come back here."
          : "Sign in first; then you come back here. New accounts are made by an administrator's invitation."}
      </p>
      <div className="dialog-acts">
        {info.site.sign_up === "open" && (
          <Link className="button" href="/sign-up">
            Sign up
          </Link>
        )}
        <Link className="button primary" href="/sign-in">
          Sign in
        </Link>
      </div>
    </>
  );
}
