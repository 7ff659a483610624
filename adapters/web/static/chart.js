// A chart as rows of bars, 0 to 10, drawn as SVG; its words are for those who do not see it.

import { h, svg } from "./dom.js";

export function chart(data) {
  const rows = data.bars.map((bar) => {
    const share = Math.max(0, Math.min(10, bar.value)) * 10;
    return h(
      "div",
      { class: "bar-row" },
      h("span", { class: "bar-label" }, bar.label),
      svg(
        "svg",
        { class: "bar", viewBox: "0 0 100 8", preserveAspectRatio: "none", "aria-hidden": "true" },
        svg("rect", { class: "bar-track", width: 100, height: 8 }),
        svg("rect", { class: "bar-fill", width: share, height: 8 }),
      ),
      h("span", { class: "bar-note" }, bar.note),
    );
  });
  return h("div", { class: "chart", role: "img", "aria-label": data.alt }, ...rows);
}
