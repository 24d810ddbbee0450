"""Free words of senders, put into groups by the words that ``seeds.word_group`` lists."""

from naive.seeds import seed


def has_word(field: str, group: str, said: str | None) -> bool:
    """Whether a value has one of a group's words in it, between spaces; ``_``, ``-`` and ``/`` are spaces."""
    plain = (said or "").lower()
    for mark in "_-/":
        plain = plain.replace(mark, " ")
    words = [line["word"] for line in seed("word_group") if (line["field"], line["word_group"]) == (field, group)]
    if not words:
        raise KeyError(f"no words for {group} of {field}")
    return any(f" {word} " in f" {plain} " for word in words)
