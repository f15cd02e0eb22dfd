/** What the film shows in its own language, told in the page's: the words of the chapter that plays. */

export class OnScreen {
  /** @param {HTMLElement} box one list a chapter */
  constructor(box) {
    this.box = box;
    this.chapters = [.../** @type {NodeListOf<HTMLElement>} */ (box.querySelectorAll("[data-from]"))].map((list) => ({
      list,
      from: Number(list.dataset.from),
    }));
  }

  /** The film stands here. @param {number} seconds */
  follow(seconds) {
    const now = this.chapters.findLast(({ from }) => from <= seconds + 0.05);
    for (const chapter of this.chapters) chapter.list.hidden = chapter !== now;
    this.box.hidden = !now?.list.childElementCount;
  }
}
