"""The European single procurement document (ESPD, in French DUME), model ESPD-EDM 4: no database, no framework."""
