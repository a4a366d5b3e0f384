"""How quickly audiences are computed: a generated project of any size, the same questions to other engines, the figures.

Read `shape` first (what the invented shop is like), then `people` and `happened` (its rows), `generate` (the project),
`rules` (its audiences), `baselines` (the same audiences by hand-written queries); then `headwater_work` and `baseline_work`
(what is measured, each in a process of its own: `work`), `measure` (the rounds), `figures` (the tables), `run` (the command);
`profile` says where the time of a cold refresh goes.
"""
