-- What somebody has open in a project, in the words of the page: it comes back in every browser of theirs.
ALTER TABLE collaborators ADD COLUMN workspace text NOT NULL DEFAULT '';
