"use strict";
for (const tools of document.querySelectorAll("[data-filters]")) {
  const list = document.getElementById(tools.dataset.filters);
  const items = [...list.querySelectorAll(":scope > [data-item]")];
  const input = tools.querySelector("input");
  const output = tools.querySelector("output");
  const apply = () => {
    const word = input.value.trim().toLowerCase();
    let shown = 0;
    for (const item of items) {
      const match = item.textContent.toLowerCase().includes(word);
      item.hidden = !match;
      shown += match ? 1 : 0;
    }
    output.textContent = word ? `showing ${shown} of ${items.length}; no verdict changes` : "";
  };
  input.addEventListener("input", apply);
  if (items.length > 1) tools.hidden = false;
}
for (const block of document.querySelectorAll("pre.copy")) {
  if (!navigator.clipboard) break;
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Copy";
  button.className = "copy-button";
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(block.querySelector("code").textContent);
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  });
  block.before(button);
}
const open = () => {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  for (let box = target && target.closest("details"); box; box = box.parentElement.closest("details")) box.open = true;
  if (target) target.scrollIntoView();
};
addEventListener("hashchange", open);
addEventListener("beforeprint", () => {
  for (const box of document.querySelectorAll("details")) box.open = true;
});
if (location.hash.length > 1) open();
