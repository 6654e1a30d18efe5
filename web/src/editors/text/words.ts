/** The words of the search panel, in sentence case. */
export const WORDS = {
  next: "Next",
  previous: "Previous",
  all: "Select all",
  "match case": "Match case",
  regexp: "Regular expression",
  "by word": "Whole word",
  replace: "Replace",
  "replace all": "Replace all",
  close: "Close search",
  Find: "Find",
  Replace: "Replace with",
};
