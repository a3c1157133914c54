# Two commands are enough: `make run` and `make test`. The rest is for those who change something.
.PHONY: run test check long bench real-run lock messages
PYTHON3 ?= python3
PY = .venv/bin/python
# whose catalogues `make messages` keeps; another one begins with: make messages LANGUAGES=ti
LANGUAGES ?= fi sv ar fa fr nl ru so uk

run:   ## a running portal, from nothing: prints addresses and log-ins
	@$(PYTHON3) scripts/run.py

test: dev   ## the whole suite at CI size
	@$(PY) scripts/test.py

check: dev   ## the fast checks, under a minute
	@$(PY) scripts/check.py

long: dev   ## full-size fault, property and fuzz runs (hours); output is kept in docs/
	@$(PY) scripts/test.py --long

bench: dev   ## every benchmark at full size (hours); the summary is kept in docs/benchmarks.md
	@$(PY) benchmarks/everything.py --out docs/benchmarks.md

.PHONY: dev
dev:
	@$(PYTHON3) scripts/run.py dev.txt

real-run: dev   ## the whole loop on the sample files, on PostgreSQL and Redis of its own; the report is docs/real-run.md
	@$(PY) -m tests.portal.real_run --out docs/real-run.md

lock: dev   ## requirements/*.txt anew from the ranges in pyproject.toml
	@$(PY) scripts/lock.py

messages: dev   ## collect the strings to translate (needs gettext)
	@$(PY) manage.py makemessages $(foreach language,$(LANGUAGES),--locale $(language)) --no-wrap --add-location file --no-obsolete --ignore '.venv/*' --ignore 'var/*' --ignore 'tests/*'
