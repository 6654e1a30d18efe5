-- Ways into a project for people who are not in it yet: links, and addresses that have no account so far. No hash travels.
CREATE TABLE project_invitations (
    project_id      uuid NOT NULL REFERENCES projects ON DELETE CASCADE,
    invitation_id   uuid NOT NULL DEFAULT gen_random_uuid(),
    token_hash      bytea NOT NULL UNIQUE,
    role            text NOT NULL CHECK (role IN ('collaborator', 'viewer')),
    email_address   text,
    email_key       text,
    created_by      uuid REFERENCES accounts ON DELETE SET NULL,
    created_at      timestamptz NOT NULL DEFAULT now(),
    expires_at      timestamptz,
    most_uses       integer CHECK (most_uses > 0),
    uses            integer NOT NULL DEFAULT 0,
    PRIMARY KEY (project_id, invitation_id)
);
CREATE UNIQUE INDEX project_invitations_email ON project_invitations (email_key, project_id);
ALTER PUBLICATION studium ADD TABLE project_invitations
    (project_id, invitation_id, role, email_address, created_by, created_at, expires_at, most_uses, uses);
