"""The help form: language, scenario, problem, answer, and what follows an answer that did not help."""
