import "./ui/base.css";
import "./ui/kit.css";
import "./ui/split/split.css";
import "./app/frame.css";
import "./app/pages.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app/App";
import { listenForKeys } from "./commands/commands";
import { followTheme } from "./store/settings";

followTheme();
listenForKeys(window);
const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
}
