"""Names of staff from the agency's own list. Ending letters are allowed, because many languages bend names."""

import re
from collections.abc import Iterable, Iterator

from feedback.folding import folded

WORD = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*")
LONGEST_ENDING = 4
SHORTEST_ALONE = 3


class Names:
    """Entries of one word are found alone; of several words in either order, or with the first name as a letter."""

    def __init__(self, full_names: Iterable[str]) -> None:
        self.alone: set[str] = set()
        self.others: dict[str, set[str]] = {}
        """Last name -> first names it must stand beside."""
        for full_name in full_names:
            words = [folded(word) for word in WORD.findall(full_name)]
            if len(words) == 1 and len(words[0]) >= SHORTEST_ALONE:
                self.alone.add(words[0])
            elif words:
                self.others.setdefault(words[-1], set()).update(words[:-1])

    def find(self, text: str) -> Iterator[tuple[int, int, str]]:
        if not (self.alone or self.others):
            return
        words = [(match.start(), match.end(), folded(match.group())) for match in WORD.finditer(text)]
        for place, (start, end, word) in enumerate(words):
            if self._is_one_of(self.alone, word):
                yield start, end, "staff"
                continue
            for last in self._known(self.others, word):
                for beside in (place - 1, place + 1):
                    if 0 <= beside < len(words) and self._is_first_name(words[beside][2], self.others[last]):
                        begin, finish = sorted((words[place], words[beside]))
                        if finish[0] - begin[1] <= 3:
                            yield begin[0], finish[1], "staff"

    def _is_first_name(self, word: str, names: set[str]) -> bool:
        return self._is_one_of(names, word) or (len(word) == 1 and any(name[0] == word for name in names))

    def _is_one_of(self, names: set[str], word: str) -> bool:
        return any(True for _ in self._known(names, word))

    @staticmethod
    def _known(names: Iterable[str], word: str) -> Iterator[str]:
        for ending in range(min(LONGEST_ENDING, len(word) - SHORTEST_ALONE) + 1):
            stem = word[: len(word) - ending] if ending else word
            if stem in names:
                yield stem
                return
