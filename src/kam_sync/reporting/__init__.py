"""The report for whoever answers for all key accounts: what is covered, what is open, who carries it, how it goes.

It is built from the store alone as of the last check (`building`), counted (`counting`), and given out as HTML (`html`)
or as JSON and CSV (`exports`) with the same figures. Nothing is imported here, so that the command line stays quick.
"""
