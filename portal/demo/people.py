"""The cast of the demonstration: made-up people, at addresses that lead nowhere."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Character:
    """Somebody in the demonstration: a name, where they live, and how they help."""

    name: str
    address: str
    zone: str = "Europe/Lisbon"
    helps: str = "now and then"
    visibility: str = "full_name"

    @property
    def email(self) -> str:
        """Their e-mail."""
        return f"{self.address}@example.org"


ADA = Character("Adaeze Okonkwo", "ada", helps="on saturdays")
GRACE = Character("Siobhán Ní Bhriain", "grace", "Europe/Dublin", helps="with projects")
HERO = Character("Olena Kovalenko", "olena", "Europe/Kyiv", helps="nearly every day")
STREAK = Character("Kenji Watanabe", "kenji", "Asia/Tokyo", helps="forty days in a row")
LEARNER = Character("Ngọc Phạm", "ngoc", helps="by learning")
PROJECTS = Character("Mele Tupou-Faleolo", "mele", helps="with projects")
REFERRER = Character("João Figueiredo", "joao", helps="by bringing friends")
NEWCOMER = Character("Kofi Owusu", "kofi", helps="not yet")
UNLISTED = Character("Ingrid Sørensen", "ingrid", "Europe/Oslo", "weekly", "unlisted")
MINOR = Character("Tomás Herrera", "tomas", helps="weekly")
TWINS = [
    (Character("Anna Nowak", "anna", helps="weekly"), Character("Piotr Zieliński", "piotr")),
    (Character("Yusuf Demir", "yusuf", helps="weekly"), Character("Zeynep Şahin", "zeynep")),
    (Character("Aroha Ngata", "aroha", helps="with projects"), Character("Lars Ødegård", "lars")),
]
"""Pairs who did the same: their places are shared."""

OTHERS = [
    Character(name, name.split()[0].lower().encode("ascii", "ignore").decode() + str(place), helps=helps)
    for place, (name, helps) in enumerate(
        [
            ("Fatima Al-Sayed", "weekly"),
            ("Mateus Oliveira", "weekly"),
            ("Chiamaka Eze", "on saturdays"),
            ("Hiroko Tanaka", "now and then"),
            ("Liam Murphy", "weekly"),
            ("Björk Jónsdóttir", "now and then"),
            ("Amélie Dubois", "on saturdays"),
            ("Wanjiru Kamau", "weekly"),
            ("Diego Fernández", "now and then"),
            ("Priya Raghunathan", "weekly"),
            ("Nikolaj Petersen", "now and then"),
            ("Leila Haddad", "on saturdays"),
            ("Giulia Romano", "weekly"),
            ("Sven Lindqvist", "now and then"),
            ("Thandiwe Dlamini", "weekly"),
            ("Marek Dvořák", "now and then"),
            ("Eun-ji Park", "on saturdays"),
            ("Rosa Delgado", "weekly"),
            ("Ahmad Rahimi", "now and then"),
            ("Katarzyna Wójcik", "weekly"),
            ("Samuel Adeyemi", "on saturdays"),
            ("Mei-Ling Chen", "weekly"),
            ("Ólafur Magnússon", "now and then"),
            ("Nadia Benali", "weekly"),
            ("Pedro Almeida", "on saturdays"),
            ("Ines Moreau", "now and then"),
            ("Bhavna Joshi", "weekly"),
            ("Tane Parata", "now and then"),
            ("Elif Yılmaz", "weekly"),
            ("Cormac O'Sullivan", "on saturdays"),
            ("Maria Papadopoulou", "now and then"),
            ("Viktor Horváth", "weekly"),
            ("Awa Diop", "on saturdays"),
            ("Jasmine Clarke", "now and then"),
            ("Rui Carvalho", "weekly"),
            ("Noor van Dijk", "now and then"),
            ("Emeka Obi", "weekly"),
            ("Sofía Castillo", "on saturdays"),
            ("Ilse Baumann", "weekly"),
            ("Dmytro Shevchenko", "now and then"),
            ("Talia Cohen", "weekly"),
            ("Hamza Qureshi", "now and then"),
            ("Beatriz Rocha", "on saturdays"),
            ("Anders Holm", "now and then"),
        ],
        start=1,
    )
]
EVERYBODY = [
    *(ADA, GRACE, HERO, STREAK, LEARNER, PROJECTS, REFERRER, NEWCOMER, UNLISTED, MINOR),
    *(one for pair in TWINS for one in pair),
    *OTHERS,
]

TEAMS = [
    ("Eastside", "chapter", [ADA, UNLISTED, MINOR, STREAK, *(one for one, _other in TWINS), *OTHERS[:12]]),
    ("Westside", "chapter", [GRACE, NEWCOMER, LEARNER, REFERRER, *(other for _one, other in TWINS), *OTHERS[12:30]]),
    ("The Saturday kitchen", "shift", [ADA, *(one for one in OTHERS if one.helps == "on saturdays")]),
    ("Night bus", "shift", [HERO, PROJECTS]),
]
"""Name, what it is, and who is in it: some in two, and one of them too small for figures."""

SHIFTS = [
    *("Soup kitchen, Saturday shift", "River clean-up", "Food bank, sorting", "Reading with children", "Repair café"),
    *("Winter coats for Eastfield", "Community garden", "Night bus for the homeless", "Library desk", "Youth football"),
]
TRAININGS = [
    *("Food hygiene, level 1", "Food hygiene, level 2", "First aid", "Safeguarding", "Fire safety", "Driving the van"),
    *("Listening well", "Working with children", "Data protection", "Lifting safely", "Leading a shift"),
]
SKILLS = ["First aid", "Food hygiene", "Sign language", "Bookkeeping", "Van driver", "Youth leader"]
PROJECTS_DONE = [
    *("New shelves for the food bank", "Winter coats for Eastfield", "The river path", "Summer camp", "Open day"),
    *("Herb garden", "Bicycle workshop"),
]
THANKS = [
    "You stayed until the last pot was dry, and you made the new ones feel at home. Thank you.",
    "You took the early shift when nobody could. We noticed.",
    "Forty people ate warm because you drove twice. Thank you.",
    "You explained the till three times and laughed each time.",
]
