// Arrow keys lead from card to card; with Shift they press the arrow of the card. Without this script the arrows are buttons.
const board = document.querySelector("[data-cx-board]");

const columns = () => [...board.querySelectorAll(".cx-col")];
const links = (column) => [...column.querySelectorAll(".cx-ticket > a")];

function beside(card, step) {
  const all = columns();
  const place = links(card.closest(".cx-col")).indexOf(card);
  for (let next = all.indexOf(card.closest(".cx-col")) + step; all[next]; next += step) {
    const there = links(all[next]);
    if (there.length) return there[Math.min(place, there.length - 1)];
  }
  return null;
}

function below(card, step) {
  const there = links(card.closest(".cx-col"));
  return there[there.indexOf(card) + step];
}

board?.addEventListener("keydown", (event) => {
  const card = event.target.closest(".cx-ticket > a");
  if (!card || event.ctrlKey || event.altKey || event.metaKey) return;
  const forward = document.documentElement.dir === "rtl" ? "ArrowLeft" : "ArrowRight";
  const sideways = event.key === "ArrowLeft" || event.key === "ArrowRight";
  const step = event.key === forward || event.key === "ArrowDown" ? 1 : -1;
  if (sideways && event.shiftKey) {
    const arrow = card.parentElement.querySelector(step > 0 ? "form.is-on button" : "form.is-back button");
    if (!arrow) return;
    event.preventDefault();
    arrow.click();
  } else if (sideways || event.key === "ArrowUp" || event.key === "ArrowDown") {
    const next = sideways ? beside(card, step) : below(card, step);
    if (!next) return;
    event.preventDefault();
    next.focus();
  }
});
