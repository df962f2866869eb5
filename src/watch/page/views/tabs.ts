/**
 * Makes a list of tabs work with the pointer and the arrow keys. `onSelect` receives the `data-tab` of the selected tab. The
 * returned function selects a tab by its `data-tab`.
 * @see WAI-ARIA Authoring Practices, Tabs Pattern
 */
export function makeTabs(tablist: HTMLElement, onSelect: (tab: string) => void): (tab: string) => void {
  const tabs = [...tablist.querySelectorAll<HTMLElement>('[role=tab]')];
  const select = (selected: HTMLElement): void => {
    for (const tab of tabs) {
      tab.setAttribute('aria-selected', String(tab === selected));
      tab.tabIndex = tab === selected ? 0 : -1;
    }
    onSelect(selected.dataset.tab!);
  };
  for (const [index, tab] of tabs.entries()) {
    tab.addEventListener('click', () => {
      select(tab);
    });
    tab.addEventListener('keydown', (event) => {
      const next = { ArrowRight: index + 1, ArrowLeft: index - 1, Home: 0, End: -1 }[event.key];
      if (next === undefined) return;
      event.preventDefault();
      const target = tabs.at(next % tabs.length)!;
      select(target);
      target.focus();
    });
  }
  return (name) => {
    const tab = tabs.find(({ dataset }) => dataset.tab === name);
    if (tab !== undefined) select(tab);
  };
}
