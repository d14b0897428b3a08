// One rep: its numbers, and what a coach can say of it.

import { post } from "./api.js";
import { revisedWords } from "./chart.js";
import { h, icon, put } from "./dom.js";
import { busy, sheet, toast, trouble } from "./sheet.js";
import { number } from "./words.js";

const SAID = {
  delete: "Rep deleted.",
  partial: "Marked as a partial rep.",
  full: "Marked as a full rep.",
  assisted: "Marked as assisted.",
  unassisted: "Marked as not assisted.",
  to_failure: "Marked as the last rep that was possible.",
  not_to_failure: "Marked as not to failure.",
};

export function openRep(set, rep, bar) {
  const { body, foot, close } = sheet(`Rep ${rep.no}`);
  const facts = [
    ["Lowering", `${number(rep.ecc_s, 1)} s`],
    ["Bottom", `${number(rep.bottom_s, 1)} s`],
    ["Lifting", `${number(rep.con_s, 1)} s`],
    ["Top", `${number(rep.top_s, 1)} s`],
    ["Velocity", `${number(rep.mcv, 2)} ± ${number(rep.mcv_sd, 3)} m/s`],
    ["Peak", `${number(rep.pcv, 2)} m/s`],
    ["Travel", rep.rom_m === null ? "–" : `${Math.round(rep.rom_m * 100)} cm`],
    ["Loss", rep.loss_pct === null ? "–" : `${Math.round(rep.loss_pct)} %`],
  ];
  put(body, h("dl", { class: "facts" }, facts.map(([label, value]) => h("div", {}, h("dt", {}, label), h("dd", {}, value)))));
  if (rep.notes) put(body, h("p", { class: "quiet" }, rep.notes));
  if (rep.was && Object.keys(rep.was).length) put(body, h("p", { class: "quiet" }, `This rep was ${revisedWords(rep)}.`));
  if (bar === "replay") return;

  const act = (action, word, shape, kind = "") => {
    const run = () =>
      busy(button, async () => {
        await post("/api/fix", { recording: set.recording, at_s: rep.at_s, action });
        close();
        toast(SAID[action], { action: { word: "Undo", run: () => undo(set.recording) } });
      });
    const button = h("button", { type: "button", class: `choice ${kind}`, onclick: run }, icon(shape), word);
    return button;
  };
  put(
    foot,
    rep.partial ? act("full", "It was full", "check") : act("partial", "Partial rep", "half"),
    rep.assisted ? act("unassisted", "Nobody helped", "check") : act("assisted", "Assisted", "help"),
    rep.to_failure ? act("not_to_failure", "More was possible", "check") : act("to_failure", "To failure", "octagon"),
    rep.deleted ? null : act("delete", "Delete rep", "trash", "danger"),
  );
}

export async function undo(recording) {
  try {
    await post("/api/undo", { recording });
    toast("Taken back.");
  } catch (error) {
    trouble(error);
  }
}
