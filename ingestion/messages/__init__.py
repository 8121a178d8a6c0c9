"""Messages: to the admin once a day, and to listeners at an address they entered.

addresses   which addresses may be entered, and how they are stored
notices     what is worth a message to a listener
summary     the admin's daily summary
delivery    send what is due, each message once
forms       the form of the settings
"""
