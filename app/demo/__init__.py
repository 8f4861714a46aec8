"""The demo university: invented people, a semester of lessons, every situation a tour needs. One seed."""
