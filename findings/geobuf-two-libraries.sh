#!/usr/bin/env bash
# A drive in Montevideo is 34,901,112 degrees south, and its first car has no reason to be unknown (Geobuf, JavaScript and Python).
#
# Guess: the two libraries of Geobuf by one maker read each other; places come back to the sixth decimal, properties (null, -1, 0.5,
# 2^40) and heights as they went in.
