import type { ReactNode } from "react";
import type { SessionInfo } from "../../protocol/generated";
import { AccountsSection } from "../administration/AccountsSection";
import { LimitsSection } from "../administration/LimitsSection";
import { MailSection } from "../administration/MailSection";
import { SiteSection } from "../administration/SiteSection";
import { StatisticsSection } from "../administration/StatisticsSection";
import { ConnectionBar } from "../ConnectionBar";
import { Link } from "../navigation";
import { TopBar } from "../TopBar";
import { useTitle } from "../use-title";
import { NotFound } from "./Messages";
import "../administration/administration.css";

/** The sections, in order; each is an address of its own, the first that of the page. */
const SECTIONS: readonly { id: string; title: string; show(info: SessionInfo): ReactNode }[] = [
  { id: "", title: "Site", show: (info) => <SiteSection info={info} /> },
  { id: "accounts", title: "Accounts", show: (info) => <AccountsSection info={info} /> },
  { id: "limits", title: "Limits", show: () => <LimitsSection /> },
  { id: "mail", title: "Mail", show: () => <MailSection /> },
  { id: "statistics", title: "Statistics", show: () => <StatisticsSection /> },
];

export function Administration({ info, section }: { info: SessionInfo; section: string }) {
  const here = SECTIONS.find(({ id }) => id === section);
  useTitle(here ? (here.id ? `${here.title} – Administration` : "Administration") : "Not found");
  if (!here) return <NotFound info={info} />;
  return (
    <>
      <TopBar info={info} />
      <ConnectionBar />
      <main className="page narrow">
        <h1>Administration</h1>
        <nav className="sections" aria-label="Sections">
          {SECTIONS.map(({ id, title }) => (
            <Link
              key={id}
              className="section-link"
              href={id ? `/administration/${id}` : "/administration"}
              aria-current={id === section ? "page" : undefined}
            >
              {title}
            </Link>
          ))}
        </nav>
        {here.show(info)}
      </main>
    </>
  );
}
