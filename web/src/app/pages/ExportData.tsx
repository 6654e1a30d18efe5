import { Download } from "lucide-react";

/** All that Studium keeps about a person, to take along. */
export function ExportData() {
  return (
    <section className="stack">
      <h2>Your data</h2>
      <p className="secondary">
        A zip file with all that Studium keeps about your account: profile, settings, projects and your role in them,
        where you are signed in, and API tokens without their secrets. The files of a project are downloaded from the
        project.
      </p>
      <div>
        <a className="button normal" href="/api/export" download>
          <Download aria-hidden />
          Download my data
        </a>
      </div>
    </section>
  );
}
