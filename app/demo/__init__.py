"""The demo university: invented people, one semester of lessons, every situation the tour needs; one random
seed."""
