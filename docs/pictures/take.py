#!/usr/bin/env python3
"""Takes the pictures of the README from a running demo.

    cargo run --release -- demo
    python3 -m venv venv && venv/bin/pip install selenium
    venv/bin/python docs/pictures/take.py http://127.0.0.1:8080 PASSWORD

The demo prints the password. Chromium and its driver must be installed; on Debian they are the packages
chromium and chromium-driver.
"""

import pathlib
import sys

from selenium import webdriver
from selenium.webdriver.common.by import By

WIDTH, HEIGHT = 1200, 720
HERE = pathlib.Path(__file__).parent


def main(url, password):
    options = webdriver.ChromeOptions()
    for argument in ("--headless=new", "--no-sandbox", "--hide-scrollbars"):
        options.add_argument(argument)
    browser = webdriver.Chrome(options=options)
    size = {"width": WIDTH, "height": HEIGHT, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)

    def take(name):
        browser.save_screenshot(str(HERE / f"{name}.png"))

    browser.get(f"{url}/sign-in")
    browser.find_element(By.ID, "login").send_keys("owner")
    browser.find_element(By.ID, "password").send_keys(password)
    browser.find_element(By.CSS_SELECTOR, "button.primary").click()
    browser.get(f"{url}/alerts?view=high")
    take("queue")
    browser.get(f"{url}/alerts?view=all&q=structuring")
    browser.find_element(By.CSS_SELECTOR, "table.queue tbody th a").click()
    take("alert")
    browser.get(f"{url}/settings/teams")
    browser.find_element(By.CSS_SELECTOR, "form.row button.primary").click()
    take("teams")
    browser.quit()


if __name__ == "__main__":
    main(*sys.argv[1:])
