import { Component, type ReactNode } from "react";
import { sentence } from "../net/api";
import { Button } from "../ui/Button";

/** What is inside may fail; what is around it stays, and the person can go on. */
export class Boundary extends Component<{ what: string; children: ReactNode }, { error: unknown }> {
  override state: { error: unknown } = { error: null };

  static getDerivedStateFromError(error: unknown): { error: unknown } {
    return { error };
  }

  override render() {
    if (this.state.error === null) return this.props.children;
    return (
      <div className="empty" role="alert">
        <h2>{this.props.what} could not be shown</h2>
        <p>{sentence(this.state.error)} What was typed before is kept.</p>
        <Button onPress={() => location.reload()}>Reload the page</Button>
      </div>
    );
  }
}
