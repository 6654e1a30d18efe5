-- Projects are archived, deleted for a while, told apart by tags and colours, and copied. copied_from names a project
-- that may be gone, so it refers to nothing.
ALTER TABLE projects
    ADD COLUMN archived boolean NOT NULL DEFAULT false,
    ADD COLUMN deleted_at timestamptz,
    ADD COLUMN tags jsonb NOT NULL DEFAULT '[]',
    ADD COLUMN colour smallint CHECK (colour BETWEEN 0 AND 11),
    ADD COLUMN copied_from uuid;
CREATE INDEX projects_deleted ON projects (deleted_at) WHERE deleted_at IS NOT NULL;
