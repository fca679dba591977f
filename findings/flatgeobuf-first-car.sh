#!/usr/bin/env bash
# No car of a fleet has a speed, or each has it as a text, by which car comes first (FlatGeobuf, npm flatgeobuf 4.5.0 and six other writers).
#
# Guess: a format with columns takes their types from all rows, or, if from the first, refuses a later value that does not fit; a
# value that the first car does not tell is null there and there for the rest.
